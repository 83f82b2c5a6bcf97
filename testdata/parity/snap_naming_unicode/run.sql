USE `snap_naming_unicode`;
UPDATE `a_b` SET id=7;
