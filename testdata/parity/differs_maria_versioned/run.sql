USE `differs_maria_versioned`;
INSERT INTO t VALUES (1,1); UPDATE t SET a=2; DELETE FROM t; INSERT INTO t VALUES (2,2);
