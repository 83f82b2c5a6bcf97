USE `snap_based_all`;
UPDATE a SET v=9; UPDATE b SET v=9; UPDATE c SET v=9; UPDATE d SET v=9;
