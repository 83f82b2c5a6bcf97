DROP DATABASE IF EXISTS `snap_maria_json`; CREATE DATABASE `snap_maria_json` CHARACTER SET utf8mb4; USE `snap_maria_json`;
CREATE TABLE t (id INT PRIMARY KEY, j JSON);
INSERT INTO t VALUES (1,'{"a": 1}'),(2,NULL); UPDATE t SET j='[1, 2]' WHERE id=1;
