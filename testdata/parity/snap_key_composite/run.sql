USE `snap_key_composite`;
UPDATE t SET v=7 WHERE a=1;
