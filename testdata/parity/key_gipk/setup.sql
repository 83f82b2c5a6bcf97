DROP DATABASE IF EXISTS `key_gipk`; CREATE DATABASE `key_gipk` CHARACTER SET utf8mb4; USE `key_gipk`;
SET sql_generate_invisible_primary_key=ON; CREATE TABLE t (a INT, b VARCHAR(5)); SET sql_generate_invisible_primary_key=OFF;
