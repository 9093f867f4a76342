using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;
using Lodger.Vast.Credentials;

namespace Lodger.Cli.Tests.Commands;

/// <summary>Stored API keys, encrypted with a key of the operator's.</summary>
public sealed class KeysTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task Stored_keys_are_encrypted_with_a_new_key_and_listed_by_what_opens_them()
    {
        ApiKeys.Save(stage.Environment, "lab", "secret-key", new Uri("https://console.vast.ai")).IsOk.ShouldBeTrue();
        (await stage.RunAsync("keys", "list")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("lab nothing");
        (await stage.RunAsync("keys", "seal")).ShouldBe(ExitCode.BadInput);
        (await stage.RunAsync("keys", "new")).ShouldBe(ExitCode.BadInput);
        (await stage.RunAsync("keys", "new", "operator.key")).ShouldBe(ExitCode.Ok);
        stage.Environment[SealingKeys.FileVariable] = Path.Combine(stage.Directory, "operator.key");
        var id = SealingKeys.Of(stage.Environment).Value!.Ids[0];
        stage.OutInOneLine.ShouldContain($"Made the key {id}");
        (await stage.RunAsync("keys", "seal")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain($"1 stored key: 1 encrypted now with {id}");
        (await stage.RunAsync("keys", "list", "--json")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain($"[{{\"account\":\"lab\",\"sealedWith\":\"{id}\"}}]");
        ApiKeys.OfAccount(stage.Environment, "lab").Value.Reveal().ShouldBe("secret-key");
        (stage.Out + stage.Error).ShouldNotContain("secret-key");
        (stage.Out + stage.Error).ShouldNotContain(File.ReadAllText(stage.Environment[SealingKeys.FileVariable]).Trim());
    }
}
