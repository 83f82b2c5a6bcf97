DROP DATABASE IF EXISTS `naming_unicode`; CREATE DATABASE `naming_unicode` CHARACTER SET utf8mb4; USE `naming_unicode`;
CREATE TABLE `a_b` (id INT PRIMARY KEY); CREATE TABLE `é$Ā日` (id INT PRIMARY KEY, `Ā ü_x` INT); CREATE TABLE `t-1.x` (id INT PRIMARY KEY);
