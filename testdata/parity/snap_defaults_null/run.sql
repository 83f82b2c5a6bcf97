USE `snap_defaults_null`;
UPDATE a SET v=1;
