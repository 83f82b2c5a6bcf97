USE `snap_odd_names`;
UPDATE `my-table` SET `1st`=5; UPDATE `t``q` SET `b``c`=2;
