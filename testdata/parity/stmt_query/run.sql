USE `stmt_query`;
INSERT INTO t VALUES (1,1,1); /* a comment */ UPDATE t SET a = 2 WHERE id = 1; DELETE FROM t;
