-- Every session that is not closed, one past its time too: cleanup closes it.
SELECT {columns} FROM {sessions} WHERE NOT deleted
