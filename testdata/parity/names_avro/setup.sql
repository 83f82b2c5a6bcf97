DROP DATABASE IF EXISTS `names_avro`; CREATE DATABASE `names_avro` CHARACTER SET utf8mb4; USE `names_avro`;
CREATE TABLE `my-table` (`id-x` INT PRIMARY KEY, `1st` INT, `with space` VARCHAR(5), `üml` INT, `ok_1` INT);
