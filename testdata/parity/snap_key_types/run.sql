USE `snap_key_types`;
UPDATE d SET v=9; UPDATE s SET v=9; UPDATE u SET v=9;
