USE `snap_replace_null_off`;
UPDATE a SET v=1;
