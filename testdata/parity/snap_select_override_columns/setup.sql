DROP DATABASE IF EXISTS `snap_select_override_columns`; CREATE DATABASE `snap_select_override_columns` CHARACTER SET utf8mb4; USE `snap_select_override_columns`;
CREATE TABLE a (id INT PRIMARY KEY, v INT); CREATE TABLE b (id INT PRIMARY KEY, v INT); CREATE TABLE c (id INT PRIMARY KEY, v INT); CREATE TABLE d (v INT);
INSERT INTO a VALUES (1,1),(2,2); INSERT INTO b VALUES (1,1); INSERT INTO c VALUES (1,1),(2,2),(3,3); INSERT INTO d VALUES (1),(1);
