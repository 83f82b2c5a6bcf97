DROP DATABASE IF EXISTS `differs_partial_json`; CREATE DATABASE `differs_partial_json` CHARACTER SET utf8mb4; USE `differs_partial_json`;
CREATE TABLE t (id INT PRIMARY KEY, j JSON); INSERT INTO t VALUES (1,JSON_OBJECT('a',1,'b',REPEAT('x',200)));
