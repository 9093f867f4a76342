using Lodger.Domain.Problems;
using Lodger.Vast.Credentials;

namespace Lodger.Vast.Tests.Credentials;

/// <summary>Stored API keys that are encrypted with a key of the operator's.</summary>
public sealed class SealingKeysTests : IDisposable
{
    private static readonly Uri Server = new("https://console.vast.ai");
    private readonly string home = Directory.CreateTempSubdirectory("lodger-seal-").FullName;
    private readonly Dictionary<string, string> environment;

    public SealingKeysTests()
    {
        environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = home, [SealingKeys.FileVariable] = KeyFile };
        SealingKeys.Add(KeyFile).IsOk.ShouldBeTrue();
    }

    private string KeyFile => Path.Combine(home, "operator.key");

    private string Stored(string account) => Path.Combine(home, ".config", "lodger", "accounts", account + ".key");

    public void Dispose() => Directory.Delete(home, recursive: true);

    [Fact]
    public void A_stored_key_is_nowhere_to_be_read_and_is_found_again_with_its_server()
    {
        ApiKeys.Save(environment, "anna", "secret-key", Server).Value.Server.ShouldBe(Server);
        var text = File.ReadAllText(Stored("anna"));
        text.ShouldNotContain("secret-key");
        text.ShouldNotContain("vast.ai");
        var again = ApiKeys.OfAccount(environment, "anna").Value;
        (again.Reveal(), again.Server).ShouldBe(("secret-key", Server));
        ApiKeys.Save(environment, "anna", "secret-key", Server).IsOk.ShouldBeTrue();
        File.ReadAllText(Stored("anna")).ShouldNotBe(text, "a nonce is used once");
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(KeyFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void Keys_that_were_stored_before_are_encrypted_when_asked_and_a_new_operators_key_takes_over()
    {
        environment.Remove(SealingKeys.FileVariable);
        ApiKeys.Save(environment, "anna", "secret-key", Server).IsOk.ShouldBeTrue();
        ApiKeys.SealedWith(environment, "anna").ShouldBeNull();
        ApiKeys.Seal(environment, "anna").Problem!.Id.ShouldBe("no-sealing-key");
        environment[SealingKeys.FileVariable] = KeyFile;
        Refused("key-not-sealed").Fix.ShouldContain("lodger keys seal");
        ApiKeys.Seal(environment, "anna").Value.ShouldBeTrue();
        ApiKeys.OfAccount(environment, "anna").Value.Reveal().ShouldBe("secret-key");
        ApiKeys.Seal(environment, "anna").Value.ShouldBeFalse();
        File.ReadAllText(Stored("anna")).ShouldNotContain("secret-key");

        var keys = SealingKeys.Add(KeyFile).Value;
        keys.Ids.Count.ShouldBe(2);
        ApiKeys.SealedWith(environment, "anna").ShouldBe(keys.Ids[1]);
        ApiKeys.OfAccount(environment, "anna").Value.Reveal().ShouldBe("secret-key", "the old one still opens");
        ApiKeys.Seal(environment, "anna").Value.ShouldBeTrue();
        File.WriteAllText(KeyFile, File.ReadLines(KeyFile).First());
        ApiKeys.OfAccount(environment, "anna").Value.Reveal().ShouldBe("secret-key", "the old one is not needed");
    }

    [Fact]
    public void Without_the_right_key_it_is_said_which_one_is_wanted_and_what_to_do()
    {
        ApiKeys.Save(environment, "anna", "secret-key", Server).IsOk.ShouldBeTrue();
        var id = ApiKeys.SealedWith(environment, "anna")!;
        File.Delete(KeyFile);
        Refused("sealing-key-unreadable").Message.ShouldContain(KeyFile);
        SealingKeys.Add(KeyFile).IsOk.ShouldBeTrue();
        var other = Refused("key-of-another-key");
        other.Message.ShouldContain(id);
        other.Fix.ShouldContain("lodger login anna");
        File.WriteAllText(KeyFile, "not base64\n");
        Refused("sealing-key-unfit");
        File.WriteAllText(KeyFile, "c2hvcnQ=\n");
        Refused("sealing-key-unfit");
        environment.Remove(SealingKeys.FileVariable);
        Refused("key-sealed").Fix.ShouldContain(SealingKeys.FileVariable);
    }

    [Fact]
    public void One_that_was_changed_or_moved_to_another_account_is_not_taken()
    {
        ApiKeys.Save(environment, "anna", "secret-key", Server).IsOk.ShouldBeTrue();
        ApiKeys.Save(environment, "lab", "other-key", Server).IsOk.ShouldBeTrue();
        var mine = File.ReadAllText(Stored("anna"));
        File.WriteAllText(Stored("anna"), File.ReadAllText(Stored("lab")));
        Refused("key-altered");
        var at = mine.Length - 10;
        File.WriteAllText(Stored("anna"), mine[..at] + (mine[at] == 'A' ? 'B' : 'A') + mine[(at + 1)..]);
        Refused("key-altered");
        File.WriteAllText(Stored("anna"), mine[..30]);
        Refused("key-sealed-unreadable");
    }

    [Fact]
    public void Keys_that_others_can_read_are_not_used_and_those_that_systemd_hands_over_are()
    {
        if (OperatingSystem.IsWindows()) return;
        ApiKeys.Save(environment, "anna", "secret-key", Server).IsOk.ShouldBeTrue();
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Refused("sealing-key-readable-by-others");
        environment.Remove(SealingKeys.FileVariable);
        environment[SealingKeys.CredentialsVariable] = home;
        File.Move(KeyFile, Path.Combine(home, SealingKeys.CredentialName));
        ApiKeys.OfAccount(environment, "anna").Value.Reveal().ShouldBe("secret-key");
    }

    [Fact]
    public void A_file_of_another_users_is_left_as_it_is()
    {
        var before = File.ReadAllText(KeyFile);
        SealingKeys.Add(KeyFile, _ => true).Problem!.Id.ShouldBe("sealing-key-of-another");
        File.ReadAllText(KeyFile).ShouldBe(before);
        if (!OperatingSystem.IsLinux()) return;
        FileOwner.Uid(Path.Combine(home, "not-there")).ShouldBeNull();
        FileOwner.IsAnother(KeyFile).ShouldBeFalse();
        FileOwner.Uid(KeyFile).ShouldNotBeNull();
    }

    [Fact]
    public void A_file_never_gets_more_keys_than_are_read_again()
    {
        Problem? full = null;
        for (var i = 0; i < 200 && full is null; i++)
            full = SealingKeys.Add(KeyFile).Problem;
        full!.Id.ShouldBe("sealing-keys-too-many");
        SealingKeys.Of(environment).Value!.Ids.Count.ShouldBeGreaterThan(10);
        Directory.EnumerateFiles(home).ShouldHaveSingleItem();
    }

    private Problem Refused(string id)
    {
        var problem = ApiKeys.OfAccount(environment, "anna").Problem.ShouldNotBeNull();
        problem.Id.ShouldBe(id);
        problem.ToString().ShouldNotContain("secret-key");
        return problem;
    }
}
