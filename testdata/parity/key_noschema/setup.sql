DROP DATABASE IF EXISTS `key_noschema`; CREATE DATABASE `key_noschema` CHARACTER SET utf8mb4; USE `key_noschema`;
CREATE TABLE t (a INT, b VARCHAR(5), v INT, PRIMARY KEY (b,a));
