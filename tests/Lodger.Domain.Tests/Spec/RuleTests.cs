using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Spec;

public sealed class RuleTests
{
    [Theory]
    [InlineData("My Experiment (2)!", "my-experiment-2")]
    [InlineData("___", "my-job")]
    [InlineData("a", "a")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbb", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void A_suggested_name_is_always_a_good_one(string text, string name)
    {
        NameRules.Suggest(text).ShouldBe(name);
        NameRules.Job(name).ShouldBeNull();
    }

    [Theory]
    [InlineData("debian")]
    [InlineData("pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime")]
    [InlineData("localhost:5000/team/image:v1")]
    [InlineData("ghcr.io/a/b@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    public void An_image_reference_is_good(string image) => NameRules.Image(image).ShouldBeNull();

    [Theory]
    [InlineData("-v")]
    [InlineData("a b")]
    [InlineData("a;b")]
    [InlineData("a\n")]
    [InlineData("a//b")]
    [InlineData("https://ghcr.io/a/b")]
    public void What_is_no_image_reference_is_refused(string image) => NameRules.Image(image).ShouldNotBeNull();

    [Theory]
    [InlineData("chekpoints", "checkpoints")]
    [InlineData("Imgae", "image")]
    [InlineData("teardwon", "teardown")]
    [InlineData("quux", null)]
    public void The_nearest_word_is_suggested_when_it_is_near(string written, string? meant) => Nearest.To(written, JobFields.All).ShouldBe(meant);

    [Theory]
    [InlineData("AWS_SECRET_ACCESS_KEY", "abcdefgh")]
    [InlineData("x", "-----BEGIN OPENSSH PRIVATE KEY-----")]
    [InlineData("x", "AKIAABCDEFGHIJKLMNOP")]
    [InlineData("x", "eyJhbGciOiJI.eyJzdWIiOiIx.abc")]
    public void A_secret_is_told_by_its_name_or_its_form(string name, string value) => SecretLook.Suspicious(name, value).ShouldBeTrue();

    [Theory]
    [InlineData("workdir/../..")]
    [InlineData("/etc/passwd")]
    [InlineData("~/x")]
    [InlineData("a\\b")]
    [InlineData("a\u001b[2Jb")]
    [InlineData("")]
    public void A_pattern_stays_below_its_directory(string pattern) => PathRules.Below(pattern, "the workdir").ShouldNotBeNull();

    [Fact]
    public void Two_dots_inside_a_name_lead_nowhere() => PathRules.Below("a..b/**/*.pt", "the workdir").ShouldBeNull();
}
