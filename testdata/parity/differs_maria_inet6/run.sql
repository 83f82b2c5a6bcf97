USE `differs_maria_inet6`;
INSERT INTO t VALUES (1,'::1','10.0.0.1'),(2,NULL,NULL); DELETE FROM t;
