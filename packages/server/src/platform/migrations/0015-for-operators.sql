-- What operators look for: accounts by any word of their names, and looks at accounts that are over and were ended by nobody.

-- A word is what stands between spaces and punctuation, in small letters. The parser of full-text search is not asked: to it "Acme/Bar" is
-- a file's path and "acme.example" a host, and what a letter is would depend on the database's locale.
create function words_of(name text) returns text[] language sql immutable parallel safe
  return array_remove(regexp_split_to_array(lower(name), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a0\u2000-\u206f\u3000-\u303f]+'), '');

-- In plpgsql for the sake of its cost, which a body that is put in its place would not have: else the planner believes that cutting the names of
-- the whole table costs nothing.
create function account_words(name text) returns tsvector language plpgsql immutable parallel safe cost 100 as $$
begin
  return array_to_tsvector(public.words_of(name));
end $$;

-- Matches where each word that was typed begins a word, in any order; null where no word was typed. A word holds nothing that would have to be
-- quoted.
create function account_words_query(typed text) returns tsquery language sql immutable parallel safe
  return ('''' || nullif(array_to_string(words_of(typed), ''':* & '''), '') || ''':*')::tsquery;

-- Not gathered in a list to be worked in later: a search would read that list whole.
create index accounts_words on accounts using gin (account_words(name)) with (fastupdate = off);

-- Few run at a time, whatever was looked at before.
create index impersonations_running on impersonations (expires_at) where ended_at is null;
