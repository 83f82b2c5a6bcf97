CREATE DATABASE `notify_initial` CHARACTER SET utf8mb4; USE `notify_initial`;
CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(9)); INSERT INTO a VALUES (1,'a'),(2,'b'),(3,'c'),(4,'d'),(5,'e'),(6,'f'),(7,'g'),(8,'h');
CREATE TABLE bare (id INT PRIMARY KEY);
CREATE TABLE keyless (x INT); INSERT INTO keyless VALUES (1),(2);
CREATE TABLE z (x INT, y VARCHAR(5), PRIMARY KEY (x, y)); INSERT INTO z VALUES (1,'a'),(1,'b'),(2,'a');
CREATE TABLE zz (id INT PRIMARY KEY);
CREATE TABLE signals (id VARCHAR(42) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048)); INSERT INTO signals VALUES ('old', 'log', '{}');
