DROP DATABASE IF EXISTS `snap_mask_key`; CREATE DATABASE `snap_mask_key` CHARACTER SET utf8mb4; USE `snap_mask_key`;
CREATE TABLE t (k VARCHAR(40), j VARCHAR(20) CHARACTER SET latin1, v INT, PRIMARY KEY (k,j));
INSERT INTO t VALUES ('alpha','café',1),('üö','b',2); UPDATE t SET v=3; UPDATE t SET k='other' WHERE j='b';
