USE `snap_key_none`;
UPDATE t SET b='z' WHERE a=2;
