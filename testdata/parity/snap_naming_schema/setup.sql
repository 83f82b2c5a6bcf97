DROP DATABASE IF EXISTS `snap_naming_schema`; CREATE DATABASE `snap_naming_schema` CHARACTER SET utf8mb4; USE `snap_naming_schema`;
CREATE TABLE `a_b` (id INT PRIMARY KEY); CREATE TABLE `é$Ā日` (id INT PRIMARY KEY, `Ā ü_x` INT); CREATE TABLE `t-1.x` (id INT PRIMARY KEY);
INSERT INTO `a_b` VALUES (1); INSERT INTO `é$Ā日` VALUES (1,2); INSERT INTO `t-1.x` VALUES (1);
