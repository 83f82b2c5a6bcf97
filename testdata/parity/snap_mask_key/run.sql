USE `snap_mask_key`;
UPDATE t SET v=4;
