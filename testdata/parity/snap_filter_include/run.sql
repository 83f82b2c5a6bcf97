USE `snap_filter_include`;
UPDATE a1 SET id=4; UPDATE a2 SET id=4; UPDATE b1 SET id=4;
