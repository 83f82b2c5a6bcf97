DROP DATABASE IF EXISTS `differs_signal_surrogate`; CREATE DATABASE `differs_signal_surrogate` CHARACTER SET utf8mb4; USE `differs_signal_surrogate`;
CREATE TABLE signals (id VARCHAR(64) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048));
CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(9)); INSERT INTO a VALUES (1,'a'),(2,'b'),(3,'c'),(4,'d'),(5,'e'),(6,'f'),(7,'g');
CREATE TABLE b (x VARCHAR(8), y INT, v INT, PRIMARY KEY (x, y)); INSERT INTO b VALUES ('x',1,1),('X',2,2),('y',1,3),('z',9,4);
CREATE TABLE bare (id INT PRIMARY KEY);
CREATE TABLE keyless (n INT NOT NULL, v INT); INSERT INTO keyless VALUES (3,1),(1,2),(2,3);
