using Lodger.Domain.Problems;
using Lodger.Engine.Secrets;

namespace Lodger.Engine.Tests.Secrets;

public sealed class SecretSourceTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("lodger-secrets-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void What_was_handed_over_is_used_before_a_file_and_forgotten_when_sent()
    {
        Store("TOKEN", "from-file", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var source = new SecretSource(directory);
        source.Hand("job", new Dictionary<string, string> { ["TOKEN"] = "handed" });
        source.Resolve("job", ["TOKEN"]).Value["TOKEN"].ShouldBe("handed");
        source.Forget("job");
        source.Resolve("job", ["TOKEN"]).Value["TOKEN"].ShouldBe("from-file");
    }

    [Fact]
    public void What_is_handed_again_is_used_only_when_nothing_is_held_any_more()
    {
        var source = new SecretSource(directory);
        source.Hand("job", new Dictionary<string, string> { ["TOKEN"] = "first" });
        source.HandAgain("job", new Dictionary<string, string> { ["TOKEN"] = "again" });
        source.Resolve("job", ["TOKEN"], handedOnly: true).Value["TOKEN"].ShouldBe("first");
        source.Forget("job");
        source.HandAgain("job", new Dictionary<string, string> { ["TOKEN"] = "again" });
        source.Resolve("job", ["TOKEN"], handedOnly: true).Value["TOKEN"].ShouldBe("again");
    }

    [Fact]
    public void A_file_that_others_can_read_is_not_used()
    {
        Store("TOKEN", "known-to-all", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        new SecretSource(directory).Resolve("job", ["TOKEN"]).IsOk.ShouldBeFalse();
    }

    [Theory]
    [InlineData("../TOKEN")]
    [InlineData("MISSING")]
    public void A_secret_that_cannot_be_had_is_named_and_nothing_of_the_others_is_said(string name)
    {
        Store("TOKEN", "value-of-another", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var problem = new SecretSource(directory).Resolve("job", ["TOKEN", name]).Problem!;
        problem.ExitCode.ShouldBe(ExitCode.BadInput);
        problem.ToString().ShouldContain(name);
        problem.ToString().ShouldNotContain("value-of-another");
    }

    [Fact]
    public void After_a_restart_a_secret_is_found_by_its_name_in_the_users_file_and_then_in_the_environment()
    {
        Store("TOKEN", "from-file", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var again = new SecretSource(directory, name => name == "MISSING" ? null : $"{name} of the environment");
        again.Resolve("job", ["TOKEN", "OTHER"]).Value.ShouldBe(new Dictionary<string, string> { ["TOKEN"] = "from-file", ["OTHER"] = "OTHER of the environment" }, ignoreOrder: true);
        again.Resolve("job", ["MISSING"]).IsOk.ShouldBeFalse();
    }

    [Fact]
    public void An_empty_value_is_none_wherever_it_comes_from()
    {
        Store("TOKEN", "", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var source = new SecretSource(directory, _ => "");
        source.Hand("job", new Dictionary<string, string> { ["TOKEN"] = "" });
        source.Resolve("job", ["TOKEN"]).Problem!.Id.ShouldBe("secret-missing");
    }

    private void Store(string name, string value, UnixFileMode mode)
    {
        var path = Path.Combine(directory, name);
        File.WriteAllText(path, value + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }
}
