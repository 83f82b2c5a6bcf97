USE `differs_snap_zerofill`;
UPDATE a SET v=1;
