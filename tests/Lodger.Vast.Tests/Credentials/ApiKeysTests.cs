using Lodger.Domain.Problems;
using Lodger.Vast.Credentials;

namespace Lodger.Vast.Tests.Credentials;

public sealed class ApiKeysTests : IDisposable
{
    private readonly string home = Directory.CreateTempSubdirectory("lodger-keys-").FullName;

    public void Dispose() => Directory.Delete(home, recursive: true);

    private static readonly Uri Server = new("https://market.example/");

    [Fact]
    public void The_places_of_the_official_client_are_searched_in_its_order()
    {
        var environment = Environment();
        ApiKeys.Official(environment).Problem!.Id.ShouldBe("no-key");

        Write(".vast_api_key", "oldest\n");
        Found(environment).ShouldBe(("oldest", Path.Combine(home, ".vast_api_key")));

        Write(".config/vastai/vast_api_key", " newer \n");
        Found(environment).ShouldBe(("newer", Path.Combine(home, ".config/vastai/vast_api_key")));

        environment["XDG_CONFIG_HOME"] = Path.Combine(home, "xdg");
        Found(environment).Key.ShouldBe("oldest");
        Write("xdg/vastai/vast_api_key", "xdg");
        Found(environment).Key.ShouldBe("xdg");

        environment["VAST_API_KEY"] = "from-env";
        Found(environment).ShouldBe(("from-env", "VAST_API_KEY"));
    }

    [Fact]
    public void An_empty_variable_and_an_empty_file_are_none()
    {
        var environment = Environment();
        environment["VAST_API_KEY"] = " ";
        Write(".config/vastai/vast_api_key", "\n");
        Write(".vast_api_key", "k");

        Found(environment).Key.ShouldBe("k");
    }

    [Fact]
    public void A_missing_key_names_every_place_and_the_way_to_one()
    {
        var problem = ApiKeys.Official(Environment()).Problem!;

        problem.Message.ShouldContain("VAST_API_KEY");
        problem.Message.ShouldContain(Path.Combine(home, ".config/vastai/vast_api_key"));
        problem.Message.ShouldContain(Path.Combine(home, ".vast_api_key"));
        problem.Fix.ShouldContain("lodger login");
        problem.ExitCode.ShouldBe(ExitCode.NotAuthorized);
    }

    [Fact]
    public void A_saved_key_is_readable_by_its_user_alone_and_found_again()
    {
        var environment = Environment();

        var saved = ApiKeys.Save(environment, "anna", " secret-key \n", Server).Value;
        ApiKeys.Save(environment, "anna", "secret-key-2", Server).IsOk.ShouldBeTrue();
        ApiKeys.Save(environment, "lab", "other", Server).IsOk.ShouldBeTrue();

        var path = Path.Combine(home, ".config/lodger/accounts/anna.key");
        saved.Source.ShouldBe(path);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.GetUnixFileMode(Path.GetDirectoryName(path)!).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        ApiKeys.OfAccount(environment, "anna").Value.Reveal().ShouldBe("secret-key-2");
        ApiKeys.Accounts(environment).ShouldBe(["anna", "lab"]);
        Directory.GetFiles(Path.GetDirectoryName(path)!).Length.ShouldBe(2);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherExecute)]
    public void A_key_that_others_can_reach_is_refused_with_the_command_that_mends_it(UnixFileMode tooMuch)
    {
        if (OperatingSystem.IsWindows()) return;
        var environment = Environment();
        var path = ApiKeys.Save(environment, "anna", "secret-key", Server).Value.Source;
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | tooMuch);

        var problem = ApiKeys.OfAccount(environment, "anna").Problem.ShouldNotBeNull();

        problem.Id.ShouldBe("key-readable-by-others");
        problem.Fix.ShouldContain($"chmod 600 '{path}'");
        problem.ToString().ShouldNotContain("secret-key");
    }

    [Theory]
    [InlineData("")]
    [InlineData("../escape")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    [InlineData("name with space")]
    public void An_account_s_name_cannot_leave_its_directory(string name)
    {
        ApiKeys.OfAccount(Environment(), name).Problem!.Id.ShouldBe("bad-account-name");
        ApiKeys.Save(Environment(), name, "k", Server).Problem!.Id.ShouldBe("bad-account-name");
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("Schlüssel")]
    public void What_cannot_be_a_key_is_refused_and_not_repeated(string text)
    {
        var environment = Environment();
        environment["VAST_API_KEY"] = text;

        var problem = ApiKeys.Official(environment).Problem.ShouldNotBeNull();

        problem.Id.ShouldBe("bad-key");
        problem.ToString().ShouldNotContain(text);
    }

    [Fact]
    public void A_key_prints_as_its_place() => new ApiKey("very-secret", "VAST_API_KEY").ToString().ShouldBe("key from VAST_API_KEY");

    [Theory]
    [InlineData("", "https://console.vast.ai/")]
    [InlineData("http://127.0.0.1:5001", "http://127.0.0.1:5001/")]
    [InlineData("https://proxy.example/vast", "https://proxy.example/vast")]
    public void The_server_is_the_platform_unless_VAST_URL_says_otherwise(string value, string expected) =>
        VastUrl.From(new Dictionary<string, string> { ["VAST_URL"] = value }).Value.ToString().ShouldBe(expected);

    [Theory]
    [InlineData("console.vast.ai")]
    [InlineData("ftp://console.vast.ai")]
    [InlineData("http://console.vast.ai")]
    [InlineData("https://anna:pw@console.vast.ai")]
    public void An_address_that_would_show_the_key_to_others_is_refused(string value)
    {
        var problem = VastUrl.From(new Dictionary<string, string> { ["VAST_URL"] = value }).Problem.ShouldNotBeNull();

        problem.Id.ShouldBe("bad-url");
        problem.ToString().ShouldNotContain("pw");
    }

    private Dictionary<string, string> Environment() => new() { ["HOME"] = home };

    private static (string Key, string Source) Found(Dictionary<string, string> environment)
    {
        var key = ApiKeys.Official(environment).Value;
        return (key.Reveal(), key.Source);
    }

    private void Write(string path, string text)
    {
        var full = Path.Combine(home, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    [Fact]
    public void A_key_is_kept_with_the_server_that_it_was_checked_with()
    {
        var environment = Environment();
        ApiKeys.Save(environment, "anna", "secret-key", Server).IsOk.ShouldBeTrue();
        var key = ApiKeys.OfAccount(environment, "anna").Value;
        key.Reveal().ShouldBe("secret-key");
        key.Server.ShouldBe(Server);
    }

    [Fact]
    public void A_server_that_cannot_be_read_is_an_error_and_not_another_server()
    {
        var environment = Environment();
        var path = ApiKeys.Save(environment, "anna", "secret-key", Server).Value.Source;
        File.WriteAllText(path, "secret-key\nnot an address\n");
        ApiKeys.OfAccount(environment, "anna").Problem!.Id.ShouldBe("bad-key");
    }
}
