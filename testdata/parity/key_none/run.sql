USE `key_none`;
INSERT INTO t VALUES (1,'x'),(1,'x'),(2,NULL); UPDATE t SET b='y' WHERE a=1; DELETE FROM t WHERE a=2;
