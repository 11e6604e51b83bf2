-- The floor: the least that posts one line of a points account exactly once, as tables and a procedure by hand.
-- Idempotency key, entry, lot, allocation, account balance and event, in one transaction.
CREATE TABLE floor_account (id bigint PRIMARY KEY, balance bigint NOT NULL DEFAULT 0);
CREATE TABLE floor_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account bigint NOT NULL REFERENCES floor_account,
    kind text NOT NULL,
    points bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    key text NOT NULL UNIQUE
);
CREATE INDEX ON floor_entry (account, occurred_at DESC);
CREATE TABLE floor_lot (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account bigint NOT NULL,
    entry bigint NOT NULL REFERENCES floor_entry,
    points bigint NOT NULL,
    remaining bigint NOT NULL CHECK (remaining >= 0),
    expires_at timestamptz NOT NULL
);
CREATE INDEX ON floor_lot (account, expires_at) WHERE remaining > 0;
CREATE TABLE floor_allocation (entry bigint NOT NULL, lot bigint NOT NULL, points bigint NOT NULL);
CREATE INDEX ON floor_allocation (entry);
CREATE TABLE floor_event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL, account bigint, payload jsonb NOT NULL);

CREATE FUNCTION floor_credit(an_account bigint, some_points bigint, a_key text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    PERFORM 1 FROM floor_account WHERE id = an_account FOR UPDATE;
    INSERT INTO floor_entry (account, kind, points, occurred_at, key) VALUES (an_account, 'credit', some_points, now(), a_key)
        ON CONFLICT (key) DO NOTHING RETURNING id INTO made;
    IF made IS NULL THEN
        RETURN (SELECT id FROM floor_entry WHERE key = a_key);
    END IF;
    INSERT INTO floor_lot (account, entry, points, remaining, expires_at) VALUES (an_account, made, some_points, some_points, now() + interval '1 year');
    UPDATE floor_account SET balance = balance + some_points WHERE id = an_account;
    INSERT INTO floor_event (kind, account, payload) VALUES ('credited', an_account, jsonb_build_object('entry', made));
    RETURN made;
END $$;

CREATE FUNCTION floor_spend(an_account bigint, some_points bigint, a_key text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
    lot record;
    missing bigint := some_points;
BEGIN
    PERFORM 1 FROM floor_account WHERE id = an_account FOR UPDATE;
    INSERT INTO floor_entry (account, kind, points, occurred_at, key) VALUES (an_account, 'spend', -some_points, now(), a_key)
        ON CONFLICT (key) DO NOTHING RETURNING id INTO made;
    IF made IS NULL THEN
        RETURN (SELECT id FROM floor_entry WHERE key = a_key);
    END IF;
    FOR lot IN SELECT id, remaining FROM floor_lot WHERE account = an_account AND remaining > 0 AND expires_at > now() ORDER BY expires_at LOOP
        INSERT INTO floor_allocation VALUES (made, lot.id, least(missing, lot.remaining));
        UPDATE floor_lot SET remaining = remaining - least(missing, lot.remaining) WHERE id = lot.id;
        missing := missing - least(missing, lot.remaining);
        EXIT WHEN missing = 0;
    END LOOP;
    IF missing > 0 THEN
        RAISE EXCEPTION 'insufficient points';
    END IF;
    UPDATE floor_account SET balance = balance - some_points WHERE id = an_account;
    INSERT INTO floor_event (kind, account, payload) VALUES ('spent', an_account, jsonb_build_object('entry', made));
    RETURN made;
END $$;
