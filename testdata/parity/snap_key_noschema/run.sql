USE `snap_key_noschema`;
UPDATE t SET v=4;
