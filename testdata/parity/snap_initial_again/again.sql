USE `snap_initial_again`;
INSERT INTO a VALUES (3,3); UPDATE d SET v=4;
