"""A report for other tools: JSON, JUnit XML for build servers, SARIF for code review."""
