DROP DATABASE IF EXISTS `snap_key_none`; CREATE DATABASE `snap_key_none` CHARACTER SET utf8mb4; USE `snap_key_none`;
CREATE TABLE t (a INT, b TEXT);
INSERT INTO t VALUES (1,'x'),(1,'x'),(2,NULL); UPDATE t SET b='y' WHERE a=1;
