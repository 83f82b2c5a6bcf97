USE `snap_maria_uuid`;
UPDATE t SET u=id;
