DROP DATABASE IF EXISTS `snap_maria_when_needed_purged`; CREATE DATABASE `snap_maria_when_needed_purged` CHARACTER SET utf8mb4; USE `snap_maria_when_needed_purged`;
CREATE TABLE a (id INT PRIMARY KEY, v INT); CREATE TABLE b (id INT PRIMARY KEY, v INT); CREATE TABLE c (id INT PRIMARY KEY, v INT); CREATE TABLE d (v INT);
INSERT INTO a VALUES (1,1),(2,2); INSERT INTO b VALUES (1,1); INSERT INTO c VALUES (1,1),(2,2),(3,3); INSERT INTO d VALUES (1),(1);
