DROP DATABASE IF EXISTS `snap_key_noschema`; CREATE DATABASE `snap_key_noschema` CHARACTER SET utf8mb4; USE `snap_key_noschema`;
CREATE TABLE t (a INT, b VARCHAR(5), v INT, PRIMARY KEY (b,a));
INSERT INTO t VALUES (1,'x',1); UPDATE t SET a=2;
