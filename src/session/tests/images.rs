//! Sessions that are saved and made again.

use crate::session::host_table::HostTable;
use crate::{Profile, Report, Session};

fn session(profile: Profile, key: u64) -> Session {
    Session::builder().profile(profile).hash_key(key).build().unwrap()
}

/// What scripts leave behind that images must hold.
const SCRIPT: &str = "
    list = {1, 2.5, 'three', true, {4}, -1, 1 << 40, string.rep('long', 20)}
    holes = {1, nil, 3, nil, 5}
    map = {a = 1, b = {}, [1.5] = 2, [true] = 3, [print] = 4}
    map.gone, map.again = 1, 2
    map.gone = nil
    self = setmetatable({}, {__index = map, __name = 'me'})
    self.self = self
    local count = 0
    function counter() count = count + 1 return count end
    function reset() count = 0 end
    counter()
    chunk = load('local a = ... return function() a = a + 1 return a end, \"a long constant, longer than forty bytes\"')
    weak = setmetatable({[map] = 1, [{}] = 2}, {__mode = 'k'})
    keys = {}
    keys[map] = 1 keys[list] = 2 keys[map] = nil
    iterator = ('a b c'):gmatch('%a')
    iterator()
    math.random()
    return 1";

/// What a session does later.
const PROBE: &str = "
    local out = {}
    local function add(...) out[#out + 1] = table.concat({...}, ' ') end
    for k, v in pairs(map) do add(tostring(k), tostring(v)) end
    for i, v in ipairs(list) do add(i, tostring(v)) end
    add(#holes, tostring(self), self.b == map.b and 'b' or '', counter(), counter(), iterator())
    keys[map] = 3
    for k, v in pairs(keys) do add(tostring(k), v) end
    local f = chunk(5) add(f(), f(), math.random(1000), tostring({}))
    for i = 1, 400 do local s = 'x' .. i map[s] = {i} end
    local n = 0 for k in pairs(weak) do n = n + 1 end add(n)
    collectgarbage() n = 0 for k in pairs(weak) do n = n + 1 end add(n, collectgarbage('count'))
    reset() add(counter())
    print(table.concat(out, ';')) return out";

fn same(one: &Report, other: &Report) {
    assert_eq!(one.outcome, other.outcome);
    assert_eq!(String::from_utf8_lossy(&one.output), String::from_utf8_lossy(&other.output));
    assert_eq!(one.usage, other.usage);
}

#[test]
fn a_restored_session_goes_on_as_the_one_it_was_made_of() {
    for profile in [Profile::Strict] {
        for fork in [false, true] {
            let mut session = session(profile, 1);
            session.run(SCRIPT).json().unwrap();
            let mut copy = session.copied(HostTable::default(), fork).unwrap();
            assert_eq!(copy.digest(), session.digest());
            let before = session.machine.0.canonical();
            assert_eq!(copy.machine.0.canonical(), before);
            for _ in 0..3 {
                let (one, other) = (session.run(PROBE), copy.run(PROBE));
                same(&one, &other);
                one.json().unwrap();
                assert_eq!(copy.machine.0.canonical(), session.machine.0.canonical());
            }
        }
    }
}
