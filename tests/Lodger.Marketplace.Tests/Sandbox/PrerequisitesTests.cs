using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Tests.Sandbox;

public sealed class PrerequisitesTests
{
    [Fact]
    public async Task A_missing_program_is_named_with_the_line_that_installs_it()
    {
        var machine = Machine.Inspect(tool => tool is "bwrap" or "tini");

        var missing = await Prerequisites.FindMissingAsync(machine, TestContext.Current.CancellationToken);

        missing.Take(2).ShouldBe(["bwrap is not installed (package bubblewrap).", "tini is not installed (package tini)."]);
        missing[^1].ShouldEndWith("apt-get install -y bubblewrap tini");
        missing.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1")]
    [InlineData("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=15000")]
    [InlineData("kernel/apparmor_restrict_unprivileged_userns", "1", "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")]
    public void The_setting_that_forbids_user_namespaces_is_named(string setting, string value, string advice)
    {
        Prerequisites.Explain(isRoot: false, "bwrap: No permissions", name => name == setting ? value : null).ShouldContain(advice);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_such_a_setting_it_is_a_container_and_bubblewraps_own_words_are_told(bool isRoot)
    {
        var sentence = Prerequisites.Explain(isRoot, "bwrap: Creating new namespace failed", _ => null);

        sentence.ShouldContain("container");
        sentence.ShouldContain("bwrap said: bwrap: Creating new namespace failed");
    }
}
