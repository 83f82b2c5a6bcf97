DROP DATABASE IF EXISTS `names_avro_unicode`; CREATE DATABASE `names_avro_unicode` CHARACTER SET utf8mb4; USE `names_avro_unicode`;
CREATE TABLE `my-table` (`id-x` INT PRIMARY KEY, `1st` INT, `with space` VARCHAR(5), `üml` INT, `under_score` INT);
