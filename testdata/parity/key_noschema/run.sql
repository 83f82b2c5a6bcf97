USE `key_noschema`;
INSERT INTO t VALUES (1,'x',1); UPDATE t SET a=2; DELETE FROM t;
