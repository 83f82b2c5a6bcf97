DROP DATABASE IF EXISTS `types_json_noschema`; CREATE DATABASE `types_json_noschema` CHARACTER SET utf8mb4; USE `types_json_noschema`;
CREATE TABLE t (id INT PRIMARY KEY, a JSON, b JSON NOT NULL);
