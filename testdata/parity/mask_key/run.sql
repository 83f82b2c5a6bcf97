USE `mask_key`;
INSERT INTO t VALUES ('alpha','café',1),('üö','b',2); UPDATE t SET v=3; UPDATE t SET k='other' WHERE j='b'; DELETE FROM t;
