DROP DATABASE IF EXISTS `snap_names_avro`; CREATE DATABASE `snap_names_avro` CHARACTER SET utf8mb4; USE `snap_names_avro`;
CREATE TABLE `my-table` (`id-x` INT PRIMARY KEY, `1st` INT, `with space` VARCHAR(5), `üml` INT, `ok_1` INT);
INSERT INTO `my-table` VALUES (1,2,'x',3,4); UPDATE `my-table` SET `1st`=5;
