USE `snap_key_unique`;
UPDATE t SET a=9; UPDATE n SET b=9;
