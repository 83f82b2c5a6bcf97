USE `key_functional`;
INSERT INTO t VALUES (1,2),(2,3); UPDATE t SET b=9 WHERE a=1; DELETE FROM t; INSERT INTO u VALUES ('abcdef'); UPDATE u SET a='xyz'; DELETE FROM u;
