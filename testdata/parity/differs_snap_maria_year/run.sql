USE `differs_snap_maria_year`;
UPDATE a SET y=2001;
