// SPDX-License-Identifier: LGPL-2.1-or-later
// The plugins' metadata and dependencies.
#include <fstream>
#include <string>

#include <gst/check/gstcheck.h>
#undef fail

namespace {

const char *const kFactories[] = {"hyperlips",       "hyperlipsfacecrop", "hyperlipsmel",
                                  "hyperlipsbase",   "hyperlipshr",       "hyperlipscomposite",
                                  "hyperlipstestsrc"};

/// The first mapped file whose name contains `part`, or "".
std::string mapped(const char *part) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(part) != std::string::npos) return line.substr(line.rfind(' ') + 1);
  }
  return "";
}

}  // namespace

GST_START_TEST(test_backends_are_not_loaded) {
  for (const char *name : kFactories) {
    GstElement *element = gst_element_factory_make(name, nullptr);
    fail_unless(element != nullptr, "no element %s", name);
    gst_object_unref(gst_object_ref_sink(element));
  }
  fail_unless(!mapped("libgsthyperlips").empty());
  for (const char *library :
       {"libhyperlips-openvino", "libopenvino", "libhyperlips-torch", "libtorch", "libc10"})
    fail_unless(mapped(library).empty(), "%s", mapped(library).c_str());
}
GST_END_TEST

// espeak-ng is GPL-3.0-or-later, so only the helper program hyperlips-speech links it.
GST_START_TEST(test_espeak_is_not_loaded) {
  for (const char *name : kFactories) {
    GstElement *element = gst_element_factory_make(name, nullptr);
    fail_unless(element != nullptr, "no element %s", name);
    GstPlugin *plugin =
        gst_plugin_feature_get_plugin(GST_PLUGIN_FEATURE(gst_element_get_factory(element)));
    fail_unless_equals_string(gst_plugin_get_license(plugin), "LGPL");
    fail_unless_equals_string(gst_plugin_get_package(plugin), "HyperLips");
    fail_unless(g_str_has_prefix(gst_plugin_get_origin(plugin), "HyperLips"), "%s",
                gst_plugin_get_origin(plugin));
    gst_object_unref(plugin);
    gst_object_unref(gst_object_ref_sink(element));
  }
  fail_unless(!mapped("libgsthyperlipstestsrc").empty());
  fail_unless(mapped("espeak").empty(), "%s", mapped("espeak").c_str());
}
GST_END_TEST

GST_START_TEST(test_element_metadata_and_properties) {
  for (const char *name : kFactories) {
    GstElement *element = gst_element_factory_make(name, nullptr);
    GstElementFactory *factory = gst_element_get_factory(element);
    for (const char *key : {GST_ELEMENT_METADATA_LONGNAME, GST_ELEMENT_METADATA_KLASS,
                            GST_ELEMENT_METADATA_DESCRIPTION, GST_ELEMENT_METADATA_AUTHOR}) {
      const gchar *text = gst_element_factory_get_metadata(factory, key);
      fail_unless(text && *text, "%s has no %s", name, key);
    }
    guint count;
    GParamSpec **specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &count);
    for (guint i = 0; i < count; ++i) {
      const gchar *blurb = g_param_spec_get_blurb(specs[i]);
      fail_unless(blurb && *blurb, "%s::%s has no blurb", name, specs[i]->name);
      if (!(specs[i]->flags & G_PARAM_READABLE)) continue;
      // A new element has the default values of its properties.
      GValue value = G_VALUE_INIT;
      g_object_get_property(G_OBJECT(element), specs[i]->name, &value);
      const bool own = g_str_has_prefix(g_type_name(specs[i]->owner_type), "GstHyperlips");
      const bool has_default = !g_type_is_a(specs[i]->value_type, G_TYPE_BOXED) &&
                               specs[i]->value_type != GST_TYPE_ARRAY;
      fail_unless(!own || !has_default || g_param_value_defaults(specs[i], &value),
                  "%s::%s does not have its default value", name, specs[i]->name);
      g_value_unset(&value);
    }
    g_free(specs);
    gst_object_unref(gst_object_ref_sink(element));
  }
}
GST_END_TEST

static Suite *plugin_suite() {
  Suite *suite = suite_create("plugin");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_backends_are_not_loaded);
  tcase_add_test(tests, test_espeak_is_not_loaded);
  tcase_add_test(tests, test_element_metadata_and_properties);
  return suite;
}

GST_CHECK_MAIN(plugin)
