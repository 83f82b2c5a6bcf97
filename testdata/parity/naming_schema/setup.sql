DROP DATABASE IF EXISTS `naming_schema`; CREATE DATABASE `naming_schema` CHARACTER SET utf8mb4; USE `naming_schema`;
CREATE TABLE `a_b` (id INT PRIMARY KEY); CREATE TABLE `é$Ā日` (id INT PRIMARY KEY, `Ā ü_x` INT); CREATE TABLE `t-1.x` (id INT PRIMARY KEY);
