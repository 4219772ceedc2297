"""The project's scenarios over a session manager of the reader's, as plain code, judged by the project's checker."""
