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
    [InlineData("rnu", "run")]
    [InlineData("wrok", "work")]
    [InlineData("nme", "name")]
    [InlineData("ddata", "data")]
    [InlineData("imago", "image")]
    [InlineData("imogo", null)]
    [InlineData("regestri", "registry")]
    [InlineData("", null)]
    public void The_nearest_word_is_suggested_when_it_is_near(string written, string? meant) => Nearest.To(written, JobFields.All).ShouldBe(meant);

    [Fact]
    public void A_third_of_a_word_may_be_wrong_and_one_letter_always()
    {
        Nearest.To("b", ["a"]).ShouldBe("a");
        Nearest.To("ba", ["ab"]).ShouldBe("ab", "two neighbours that are swapped are one mistake");
        Nearest.To("abcdxy", ["abcdef"]).ShouldBe("abcdef");
        Nearest.To("abcxyz", ["abcdef"]).ShouldBeNull();
        Nearest.To("abcd", ["abxy", "abcx"]).ShouldBe("abcx", "the nearest, not the first");
        Nearest.To("abcd", []).ShouldBeNull();
    }

    [Theory]
    [InlineData("abcdefghi", "xyz")]
    [InlineData("abc", "xyzuvwabc")]
    [InlineData("b", "xyz")]
    [InlineData("baxy", "abcd")]
    public void What_begins_or_ends_alike_or_is_swapped_in_part_is_not_near_for_it(string written, string known) => Nearest.To(written, [known]).ShouldBeNull();

    [Fact]
    public void A_word_of_more_than_64_letters_means_none()
    {
        Nearest.To(new string('a', 64), [new string('a', 63)]).ShouldNotBeNull();
        Nearest.To(new string('a', 65), [new string('a', 64)]).ShouldBeNull();
    }

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
