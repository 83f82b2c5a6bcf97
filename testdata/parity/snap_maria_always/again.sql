USE `snap_maria_always`;
INSERT INTO a VALUES (3,3);
